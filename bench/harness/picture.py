"""A bar picture of tokens a second, a group of bars a case, as SVG."""

from xml.sax.saxutils import escape

COLOURS = {"fettle": "#1b7f5c", "eager": "#5b7db1", "compile": "#8a6fb0", "fp32": "#b98a3e",
           "default": "#9a9a9a", "fp32-default": "#c0c0c0"}
OTHER = "#707070"
LEFT, WIDTH, BAR, GAP = 190, 520, 16, 18


def bar(y, name, value, largest, note):
    """One side's bar with its name and figure."""
    width = WIDTH * value / largest
    return (f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 3}" '
            f'fill="{COLOURS.get(name, OTHER)}"/>'
            f'<text x="{LEFT + width + 6:.1f}" y="{y + 12}">{value:.0f}{escape(note)}</text>')


def group(y, row):
    """(elements, the next y): a case's title, its limit as a line, its bars."""
    largest = max(row.limit, *(rate[2] for rate in row.rates.values()))
    parts = [f'<text x="8" y="{y + 12}" font-weight="bold">{escape(row.case.help)}</text>']
    top = y = y + BAR + 4
    for name, (_, middle, _) in row.rates.items():
        note = f" ({row.ratios[name]:.2f}x)" if name in row.ratios else ""
        parts.append(bar(y, name, middle, largest, note))
        y += BAR
    x = LEFT + WIDTH * row.limit / largest
    parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top - 3}" y2="{y}" stroke="#c0392b" '
                 'stroke-dasharray="3 3"/>')
    return parts, y + GAP


def svg(rows, title):
    """The whole picture; void rows have no bars. Red: the machine's limit."""
    parts, y = [f'<text x="8" y="20" font-size="14">{escape(title)}</text>'], 36
    for row in rows:
        if not row.void:
            more, y = group(y, row)
            parts += more
    width = LEFT + WIDTH + 110
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" '
            f'font-family="sans-serif" font-size="12"><rect width="{width}" height="{y}" '
            f'fill="white"/>{"".join(parts)}</svg>\n')
