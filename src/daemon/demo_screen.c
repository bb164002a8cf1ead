/* The live table of the demo. */
#include <stdlib.h>
#include <unistd.h>

#include "daemon/demo_parts.h"
#include "daemon/status_table.h"
#include "net/clock.h"

#define ALTERNATE_SCREEN "\033[?1049h\033[?25l"
#define NORMAL_SCREEN "\033[?25h\033[?1049l"
#define HOME "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_REST "\033[J"

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
    static char bytes[16];

    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(bytes, sizeof(bytes));
}

static void on_key(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
    struct demo *demo = stream->data;

    for (ssize_t i = 0; i < count; i++) {
        if (buffer->base[i] == 'q' || buffer->base[i] == '\003' || buffer->base[i] == '\033')
            demo->wants_end = true;
    }
    if (count < 0)
        demo->wants_end = true;
}

int demo_screen_open(struct demo *demo) {
    int result = uv_tty_init(&demo->loop, &demo->screen.input, STDIN_FILENO, 1);

    if (result != 0)
        return result;
    demo->screen.input_open = true;
    demo->screen.input.data = demo;
    uv_tty_set_mode(&demo->screen.input, UV_TTY_MODE_RAW);
    uv_read_start((uv_stream_t *)&demo->screen.input, on_alloc, on_key);
    fputs(ALTERNATE_SCREEN, stdout);
    return 0;
}

void demo_screen_close(struct demo *demo) {
    if (!demo->screen.input_open)
        return;
    demo->screen.input_open = false;
    uv_tty_reset_mode();
    uv_close((uv_handle_t *)&demo->screen.input, NULL);
    fputs(NORMAL_SCREEN, stdout);
    fflush(stdout);
}

static void size_of_terminal(struct demo *demo, size_t *width, size_t *height) {
    int columns = 80, rows = 24;

    (void)uv_tty_get_winsize(&demo->screen.input, &columns, &rows);
    *width = columns > 20 ? (size_t)columns : 20;
    *height = rows > 6 ? (size_t)rows : 6;
}

static const char *colour_of(enum hf_account_state state) {
    if (getenv("NO_COLOR"))
        return "";
    switch (state) {
    case HF_STATE_REGISTERED:
        return "\033[32m";
    case HF_STATE_RESOLVING:
    case HF_STATE_REGISTERING:
    case HF_STATE_WAITING:
        return "\033[33m";
    case HF_STATE_REJECTED:
        return "\033[31m";
    case HF_STATE_DISABLED:
    case HF_STATE_UNREGISTERED:
        return "";
    }
    return "";
}

/* As many lines as fit; what is too long for the terminal is cut. */
struct page {
    size_t width;
    size_t left; /* lines */
};

static void put_line(struct page *page, const char *colour, const char *text, size_t len) {
    size_t columns = 0, end = 0;

    if (page->left == 0)
        return;
    page->left--;
    for (; end < len; end++) {
        columns += ((unsigned char)text[end] & 0xC0) != 0x80;
        if (columns > page->width)
            break;
    }
    printf("%s%.*s%s" CLEAR_LINE "%s", colour, (int)end, text, *colour ? "\033[0m" : "",
           page->left > 0 ? "\r\n" : "");
}

/* An account that is registered with several registrars at a time shows how many of them have it.
 */
static void count_legs(struct demo *demo, size_t account, unsigned legs, struct status_view *view,
                       hf_time now) {
    struct hf_account_status status;

    view->legs = legs;
    for (unsigned leg = 0; legs > 1 && leg < legs; leg++)
        if (hf_agent_leg_status(demo->agent, demo->accounts[account].id, leg, &status, now) == 0)
            view->legs_bound += status.binding_expires_at != HF_NEVER;
}

/* Makes the table and notes each row's colour. NULL without memory. */
static char *make_table(struct demo *demo, size_t width, const char *colours[]) {
    struct wall_clock clock = wall_clock_at(net_now());
    struct text_table table;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    status_table_init(&table);
    for (size_t i = 0; i < demo->account_count; i++) {
        struct hf_account_status status;
        struct status_view view;

        if (hf_agent_account_status(demo->agent, demo->accounts[i].id, &status, clock.now) != 0)
            continue;
        status_view_init(&view, slice_from(demo->accounts[i].name), &status, &clock);
        count_legs(demo, i, status.legs, &view, clock.now);
        colours[table.row_count] = colour_of(status.state);
        (void)status_table_add(&table, &view, wall_clock_unix(&clock, clock.now));
    }
    text_table_write(&table, out, width);
    text_table_release(&table);
    fclose(out);
    return text;
}

static void put_table(struct page *page, const char *text, const char *colours[]) {
    struct hf_slice rest = slice_from(text);

    for (size_t row = 0; rest.len > 0; row++) {
        struct hf_slice line = slice_split(&rest, '\n');

        put_line(page, row == 0 ? "" : colours[row - 1], line.ptr, line.len);
    }
}

static void put_text(struct page *page, const char *text) {
    put_line(page, "", text, strlen(text));
}

void demo_screen_draw(struct demo *demo) {
    const char *colours[DEMO_ACCOUNTS_MAX];
    struct page page;
    char head[DEMO_LINE_BYTES];
    char *table;
    size_t shown = demo->screen.line_count < DEMO_LINES ? demo->screen.line_count : DEMO_LINES;

    size_of_terminal(demo, &page.width, &page.left);
    table = make_table(demo, page.width, colours);
    fputs(HOME, stdout);
    snprintf(head, sizeof(head), "holdfast demo: %s   (A is port %u, B is port %u; q ends)",
             demo_phase_text(demo->phase), registrar_host_local(demo->a).port,
             registrar_host_local(demo->b).port);
    put_text(&page, head);
    put_text(&page, "");
    put_table(&page, table ? table : "", colours);
    put_text(&page, "");
    for (size_t i = demo->screen.line_count - shown; i < demo->screen.line_count; i++)
        put_text(&page, demo->screen.lines[i % DEMO_LINES]);
    fputs(CLEAR_REST, stdout);
    fflush(stdout);
    free(table);
}
