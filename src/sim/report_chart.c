/* A rehearsal as a picture: above, the share of accounts that a call would reach; below,
 * REGISTERs a second at each server; what went wrong as bands behind both. */
#include <stdio.h>

#include "sim/report.h"

enum {
    WIDTH = 960,
    LEFT = 70,   /* of the plots */
    RIGHT = 940, /* their end */
    PLOT = RIGHT - LEFT,
    TOP = 84,
    REACH_HEIGHT = 150,
    LOAD_TOP = 300,
    LOAD_HEIGHT = 190,
    LEGEND = LOAD_TOP + LOAD_HEIGHT + 62,
    ROW = 18,
    BANDS_MAX = 400,
    LABELS_MAX = 8,
};

static const char *const colours[] = {"#1f5fa8", "#d1651f", "#2b8a57", "#8a4fb0",
                                      "#b0304f", "#5b6470", "#a08a1a", "#1f9aa8"};
enum { COLOURS = sizeof colours / sizeof colours[0] };

struct chart {
    const struct rehearsal *rehearsal;
    struct page page;
    hf_time duration;
};

static double x_of(const struct chart *chart, hf_time at) {
    return LEFT + (double)PLOT * (double)at / (double)chart->duration;
}

static void put_line(struct chart *chart, double x1, double y1, double x2, double y2,
                     const char *class) {
    page_print(&chart->page,
               "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class, x1,
               y1, x2, y2);
}

static void put_label(struct chart *chart, double x, double y, const char *class,
                      const char *text) {
    page_print(&chart->page, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
    page_put_escaped(&chart->page, slice_from(text));
    page_put(&chart->page, SLICE("</text>\n"));
}

/* A round step that cuts `whole` into at most `most` parts. */
static uint64_t round_step(uint64_t whole, uint64_t most) {
    uint64_t step = 1;

    for (;;) {
        static const unsigned factors[] = {1, 2, 5};

        for (int i = 0; i < 3; i++) {
            if (whole <= step * factors[i] * most)
                return step * factors[i];
        }
        step *= 10;
    }
}

static hf_time time_step(hf_time duration) {
    static const uint32_t seconds[] = {1,     2,     5,      10,     15,     30,      60,     120,
                                       300,   600,   900,    1800,   3600,   7200,    10800,  21600,
                                       43200, 86400, 172800, 432000, 864000, 2592000, 7776000};

    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        if (duration / 12 <= seconds[i] * HF_SECOND)
            return seconds[i] * HF_SECOND;
    }
    return 31536000 * HF_SECOND;
}

static void put_time_label(struct chart *chart, hf_time at, hf_time step, double y) {
    unsigned long long s = at / HF_SECOND;
    char text[32];

    if (step >= 86400 * HF_SECOND)
        snprintf(text, sizeof text, "day %llu", s / 86400);
    else if (step >= 60 * HF_SECOND)
        snprintf(text, sizeof text, "%llu:%02llu", s / 3600, s / 60 % 60);
    else
        snprintf(text, sizeof text, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
    put_label(chart, x_of(chart, at), y, "mid", text);
}

/* The frame of a plot: its title, the grid of time, and what the axes are. */
static void put_frame(struct chart *chart, double top, double height, const char *title) {
    hf_time step = time_step(chart->duration);

    put_label(chart, LEFT, top - 8, "head", title);
    for (hf_time at = 0; at <= chart->duration; at += step) {
        put_line(chart, x_of(chart, at), top, x_of(chart, at), top + height, "grid");
        put_time_label(chart, at, step, top + height + 15);
    }
    page_print(&chart->page,
               "<rect class=\"frame\" x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"/>\n", LEFT,
               top, PLOT, height);
}

static void put_bands(struct chart *chart, double top, double height) {
    const struct rehearsal *rehearsal = chart->rehearsal;

    for (size_t i = 0; i < rehearsal->band_count && i < BANDS_MAX; i++) {
        const struct rehearsal_band *band = &rehearsal->bands[i];
        double from = x_of(chart, band->from_at);
        double width = x_of(chart, band->until_at) - from;
        char what[200];

        report_step(what, sizeof what, rehearsal->scenario, band->step);
        if (band->step->span == 0)
            page_print(&chart->page,
                       "<line class=\"once\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\">",
                       from, top, from, top + height);
        else
            page_print(&chart->page,
                       "<rect class=\"band\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                       "height=\"%.1f\">",
                       from, top, width < 1 ? 1 : width, height);
        page_put(&chart->page, SLICE("<title>"));
        page_put_escaped(&chart->page, slice_from(what));
        page_print(&chart->page, "</title></%s>\n", band->step->span == 0 ? "line" : "rect");
    }
}

/* What the first bands are, over the upper plot, on two rows in turn. */
static void put_band_labels(struct chart *chart) {
    const struct rehearsal *rehearsal = chart->rehearsal;
    double free_from[2] = {0, 0};
    int shown = 0;

    for (size_t i = 0; i < rehearsal->band_count && shown < LABELS_MAX; i++) {
        const struct rehearsal_band *band = &rehearsal->bands[i];
        double x = x_of(chart, band->from_at);
        char what[60];
        int row;

        if (i > 0 && rehearsal->bands[i - 1].step == band->step)
            continue;
        row = x >= free_from[0] ? 0 : 1;
        if (x < free_from[row])
            continue;
        report_step(what, sizeof what, rehearsal->scenario, band->step);
        if (x + (double)strlen(what) * 6 > WIDTH)
            x = WIDTH - (double)strlen(what) * 6;
        put_label(chart, x + 3, TOP + 14 + row * 14, "fault", what);
        free_from[row] = x + (double)strlen(what) * 6.2 + 10;
        shown++;
    }
}

static void put_reach(struct chart *chart) {
    const struct measure *measure = &chart->rehearsal->measure;
    double scale = REACH_HEIGHT / (double)(measure->account_count ? measure->account_count : 1);
    double bottom = TOP + REACH_HEIGHT, y = bottom;
    int64_t column = -1;
    uint32_t fewest = 0, last = 0;

    for (int percent = 0; percent <= 100; percent += 25) {
        char text[8];

        snprintf(text, sizeof text, "%d %%", percent);
        put_line(chart, LEFT, bottom - percent * REACH_HEIGHT / 100.0, RIGHT,
                 bottom - percent * REACH_HEIGHT / 100.0, "grid");
        put_label(chart, LEFT - 6, bottom - percent * REACH_HEIGHT / 100.0 + 4, "end", text);
    }
    page_print(&chart->page, "<path class=\"reach\" d=\"M%d %.1f", LEFT, bottom);
    for (size_t i = 0; i <= measure->reach_count; i++) {
        int64_t next = i < measure->reach_count
                           ? (int64_t)(x_of(chart, measure->reaches[i].second * HF_SECOND) * 2)
                           : INT64_MAX;

        if (next != column && column >= 0) { /* a column of half a pixel is complete */
            page_print(&chart->page, "H%.1f", (double)column / 2);
            if (bottom - fewest * scale > y)
                page_print(&chart->page, "V%.1f", bottom - fewest * scale);
            y = bottom - last * scale;
            page_print(&chart->page, "V%.1f", y);
        }
        if (i == measure->reach_count)
            break;
        if (next != column || measure->reaches[i].fewest < fewest)
            fewest = measure->reaches[i].fewest;
        last = measure->reaches[i].last;
        column = next;
    }
    page_print(&chart->page, "H%dV%.1fZ\"/>\n", RIGHT, bottom);
}

static uint32_t highest_peak(const struct rehearsal *rehearsal) {
    uint32_t peak = 1;

    for (size_t i = 0; i < rehearsal->scenario->server_count; i++)
        peak = rehearsal->servers[i].peak > peak ? rehearsal->servers[i].peak : peak;
    return peak;
}

/* The worst second of each column of pixels; where nothing came, the line lies on the axis. */
static void put_load(struct chart *chart, const struct measure_server *server, const char *colour,
                     uint64_t whole) {
    const double bottom = LOAD_TOP + LOAD_HEIGHT;
    int column = -1;
    uint32_t peak = 0;

    page_print(&chart->page, "<path class=\"load\" stroke=\"%s\" d=\"M%d %.1f", colour, LEFT,
               bottom);
    for (size_t i = 0; i <= server->load_count; i++) {
        int next = i < server->load_count ? (int)x_of(chart, server->loads[i].second * HF_SECOND)
                                          : RIGHT + 2;

        if (next != column && column >= 0) {
            page_print(&chart->page, "L%d %.1f", column,
                       bottom - LOAD_HEIGHT * (double)peak / (double)whole);
            if (next > column + 1)
                page_print(&chart->page, "L%d %.1fH%d", column + 1, bottom,
                           next - 1 < RIGHT ? next - 1 : RIGHT);
        }
        if (i == server->load_count)
            break;
        if (column < 0 && next > LEFT)
            page_print(&chart->page, "H%d", next - 1);
        peak = next != column || server->loads[i].count > peak ? server->loads[i].count : peak;
        column = next;
    }
    page_print(&chart->page, "H%d\"/>\n", RIGHT);
}

static void put_loads(struct chart *chart) {
    const struct rehearsal *rehearsal = chart->rehearsal;
    uint64_t step = round_step(highest_peak(rehearsal), 5);
    uint64_t whole = (highest_peak(rehearsal) + step - 1) / step * step;

    for (uint64_t value = 0; value <= whole; value += step) {
        double y = LOAD_TOP + LOAD_HEIGHT - LOAD_HEIGHT * (double)value / (double)whole;
        char text[24];

        snprintf(text, sizeof text, "%llu", (unsigned long long)value);
        put_line(chart, LEFT, y, RIGHT, y, "grid");
        put_label(chart, LEFT - 6, y + 4, "end", text);
    }
    for (size_t i = 0; i < rehearsal->scenario->server_count; i++)
        put_load(chart, &rehearsal->measure.servers[i], colours[i % COLOURS], whole);
}

static void put_legend(struct chart *chart) {
    const struct scenario *scenario = chart->rehearsal->scenario;

    for (size_t i = 0; i < scenario->server_count; i++) {
        double x = LEFT + (double)(i % 2) * 440, y = LEGEND + (double)(i / 2) * ROW;
        char text[120];

        page_print(&chart->page,
                   "<rect x=\"%.1f\" y=\"%.1f\" width=\"14\" height=\"4\" fill=\"%s\"/>\n", x,
                   y - 6, colours[i % COLOURS]);
        snprintf(text, sizeof text, "%.60s: %llu REGISTERs, at most %u/s",
                 scenario->servers[i].options.name,
                 (unsigned long long)chart->rehearsal->servers[i].registers,
                 chart->rehearsal->servers[i].peak);
        put_label(chart, x + 20, y, "left", text);
    }
}

static void put_head(struct chart *chart, int height) {
    const struct rehearsal *rehearsal = chart->rehearsal;
    char share[32], recovery[32], text[240];

    page_print(&chart->page,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
               "viewBox=\"0 0 %d %d\">\n<style>\n"
               "text{font:11px sans-serif;fill:#333}.title{font-size:16px;fill:#111}\n"
               ".head{font-weight:bold}.mid{text-anchor:middle}.end{text-anchor:end}\n"
               ".fault{fill:#a02020}.grid{stroke:#"
               "ddd}.frame{fill:none;stroke:#888}\n"
               ".band{fill:#d03030;fill-opacity:.13}.once{stroke:#d03030;stroke-dasharray:4 3}\n"
               ".reach{fill:#2b8a57;fill-opacity:.35;stroke:#2b8a57}\n"
               ".load{fill:none;stroke-width:1.4;stroke-linejoin:round}\n</style>\n"
               "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
               WIDTH, height, WIDTH, height, WIDTH, height);
    put_label(chart, LEFT, 26, "title",
              rehearsal->scenario->title ? rehearsal->scenario->title : "A rehearsal");
    report_share(share, sizeof share, rehearsal->figures.availability);
    report_time(recovery, sizeof recovery, rehearsal->figures.recovery.p95);
    snprintf(text, sizeof text, "%zu accounts, seed %llu: available %s%s%s",
             rehearsal->fleet->count, (unsigned long long)rehearsal->seed, share,
             rehearsal->figures.recovery.count ? ", 95 % of outages over within " : "",
             rehearsal->figures.recovery.count ? recovery : "");
    put_label(chart, LEFT, 46, "left", text);
}

int report_chart(const struct rehearsal *rehearsal, char **ret) {
    struct chart chart = {.rehearsal = rehearsal, .duration = rehearsal->scenario->duration};
    int rows = ((int)rehearsal->scenario->server_count + 1) / 2;
    int height = LEGEND + rows * ROW + 26;

    put_head(&chart, height);
    put_bands(&chart, TOP, REACH_HEIGHT);
    put_reach(&chart);
    put_frame(&chart, TOP, REACH_HEIGHT, "Accounts that a call would reach");
    put_band_labels(&chart);
    put_bands(&chart, LOAD_TOP, LOAD_HEIGHT);
    put_loads(&chart);
    put_frame(&chart, LOAD_TOP, LOAD_HEIGHT,
              "REGISTERs a second (of each pixel, the worst second)");
    put_label(&chart, (LEFT + RIGHT) / 2.0, LOAD_TOP + LOAD_HEIGHT + 34, "mid",
              chart.duration >= 12 * 86400 * HF_SECOND ? "days since the start"
                                                       : "time since the start");
    put_legend(&chart);
    put_label(&chart, LEFT, LEGEND + rows * ROW, "fault",
              "red: what the timeline does, while it lasts");
    page_put(&chart.page, SLICE("</svg>\n"));
    *ret = page_take(&chart.page);
    return *ret ? 0 : HF_ERROR_MEMORY;
}
