"""The side-by-side figures of bench/run as a table, as a page's part, and as an SVG chart."""
from math import log10

COLUMNS = [("accounts", "accounts", "{:,}"), ("client", "client", "{}"),
           ("CPU µs each", "cpu_us", "{:,.1f}"), ("a CPU-second", "per_cpu_second", "{:,}"),
           ("times bare", "times_bare", "{:,.1f}"), ("bytes an account", "bytes_per_account", "{:,}"),
           ("failed", "failed", "{:,}"), ("client busy", "client_busy", "{:.0%}"),
           ("responder busy", "responder_busy", "{:.0%}"), ("dropped", "dropped", "{:,}")]
COLOURS = {"bare loop": "#888888", "holdfast": "#1a7f37", "libre": "#b35900",
           "sofia-sip": "#8250df", "SIPp": "#0969da"}
KEEPS_NO_ACCOUNTS = {"bare loop", "SIPp"}


def cells(rows):
    bare = {row["accounts"]: row["cpu_us"] for row in rows if row["client"] == "bare loop"}
    for row in sorted(rows, key=lambda row: row["accounts"]):
        if "not_within" in row:
            yield [f"{row['accounts']:,}", row["client"], f"not within {row['not_within']} s",
                   *[""] * (len(COLUMNS) - 3)]
            continue
        row = dict(row, times_bare=row["cpu_us"] / bare[row["accounts"]])
        if row["client"] in KEEPS_NO_ACCOUNTS:
            row["bytes_per_account"] = None
        yield ["-" if row[key] is None else form.format(row[key]) for _, key, form in COLUMNS]


def text_table(title, rows):
    table = [[head for head, _, _ in COLUMNS], *cells(rows)]
    widths = [max(len(line[i]) for line in table) for i in range(len(COLUMNS))]
    lines = ["  " + "  ".join(cell.ljust(width) if i == 1 else cell.rjust(width)
                              for i, (cell, width) in enumerate(zip(line, widths)))
             for line in table]
    return "\n".join([title, *lines])


def markdown_table(rows):
    lines = [[head for head, _, _ in COLUMNS], ["---:", "---", *["---:"] * (len(COLUMNS) - 2)], *cells(rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def panel(title, rows, left):
    """One chart: CPU of one against the number of accounts, both logarithmic."""
    x_of = lambda accounts: left + 60 + (log10(accounts) - 3) * 90
    y_of = lambda us: 290 - log10(us) * 65
    out = [f'<text x="{left + 60}" y="24" font-weight="bold">{title}</text>']
    for power in range(5):
        y = y_of(10**power)
        out += [f'<line x1="{left + 60}" y1="{y}" x2="{left + 330}" y2="{y}" stroke="#dddddd"/>',
                f'<text x="{left + 52}" y="{y + 4}" text-anchor="end">{10**power:,} µs</text>']
    for accounts, name in [(1000, "1,000"), (10000, "10,000"), (100000, "100,000"),
                           (1000000, "1,000,000 accounts")]:
        out.append(f'<text x="{x_of(accounts)}" y="312" text-anchor="middle">{name}</text>')
    for client, colour in COLOURS.items():
        points = [(x_of(row["accounts"]), y_of(row["cpu_us"])) for row in rows
                  if row["client"] == client and "cpu_us" in row]
        if not points:
            continue
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3.5" fill="{colour}"/>' for x, y in points]
        x, y = points[-1]
        out.append(f'<text x="{x + 8:.0f}" y="{y + 4:.0f}" fill="{colour}">{client}</text>')
    return out


def write(path, rows):
    body = panel("CPU of a registration", rows["registration"], 0)
    body += panel("CPU of a refresh", rows["refresh"], 440)
    with open(path, "w", encoding="utf-8") as file:
        file.write('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 325" width="880" '
                   'font-family="sans-serif" font-size="12" fill="#333333">\n'
                   '<rect width="880" height="325" fill="white"/>\n'
                   + "\n".join(body) + "\n</svg>\n")


def into_page(path, result):
    """Replaces what stands between the page's two marks."""
    begin, end = "<!-- bench/run --docs writes this -->\n", "<!-- to here -->\n"
    with open(path, encoding="utf-8") as file:
        before, rest = file.read().split(begin)
    after = rest.split(end)[1]
    parts = [f"On {result['machine']}.", "![CPU of a registration and of a refresh, by number of "
             "accounts](charts/bench.svg)"]
    for kind, rows in result["side_by_side"].items():
        parts += [f"A {kind}:", markdown_table(rows)]
    parts += ["Instructions, and bytes of an idle account:",
              "\n".join(["| part | count |", "|---|---:|",
                         *(f"| `{name}` | {count:,} |"
                           for name, count in result["instructions"].items())])]
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + begin + "\n" + "\n\n".join(parts) + "\n\n" + end + after)
