"""Charts of the summary, drawn by the spreadsheet from the cells of its tables."""

from __future__ import annotations

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.data_source import StrRef
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.series import Series, SeriesLabel
from openpyxl.chart.series_factory import SeriesFactory
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties, RegularTextRun

from redcap_licats.report.flow import AGE_BANDS
from redcap_licats.report.page import Page
from redcap_licats.report.sheets.movement import FIRST_AGE, FLOW_COLUMNS, Rows
from redcap_licats.report.sheets.query_columns import SEVERITY_TONES
from redcap_licats.report.styles import ACCENT, INK, PAPER, RULE, Tone
from redcap_licats.report.tally import severities

#: Colours of bars by tone, strong enough to be told apart in print.
BARS = {Tone.RED: "B3261E", Tone.AMBER: "E0A100", Tone.BLUE: "4C8FC9", Tone.PURPLE: "7E57B5"}

#: Colours of the numbers in bars that are light; in others they are white.
DARK_ON = frozenset({BARS[Tone.AMBER]})

#: Shows the number of queries in a bar, and nothing where there are none.
COUNTS = "#,##0;;"

#: Height of a chart and of its letters, in centimetres and hundredths of a point.
HEIGHT, TITLE, SMALL = 7, 1000, 800

#: Most forms that are drawn.
MOST_FORMS = 8


def age_chart(page: Page, severity_rows: Rows) -> BarChart:
    """Draw the open queries by age, one part of a bar for each severity."""
    chart = _bars(page, "chart_age", width=9)
    chart.grouping, chart.overlap = "stacked", 100
    last = FIRST_AGE + len(AGE_BANDS) - 1
    for row, severity in enumerate(severities(page.book.report), start=severity_rows.first):
        name = SeriesLabel(strRef=StrRef(f=str(_row(page, row, 1, 1))))
        colour = BARS[SEVERITY_TONES[severity]]
        _add(chart, _row(page, row, FIRST_AGE, last), name, colour, INK if colour in DARK_ON else PAPER)
    chart.set_categories(_row(page, severity_rows.head, FIRST_AGE, last))
    return chart


def movement_chart(page: Page, severity_rows: Rows) -> BarChart:
    """Draw what is new, closed, still open and changed since the last report, of all severities."""
    chart = _bars(page, "chart_movement", width=8)
    total = _row(page, severity_rows.last + 1, 2, FLOW_COLUMNS)
    _add(chart, total, SeriesLabel(v=page.text("queries")), ACCENT)
    chart.set_categories(_row(page, severity_rows.head, 2, FLOW_COLUMNS))
    chart.legend = None
    return chart


def form_chart(page: Page, form_rows: Rows) -> BarChart:
    """Draw the forms with most open queries, the first on top."""
    chart = _bars(page, "chart_form", width=10)
    chart.barDir = "bar"
    first, last = form_rows.first, min(form_rows.last, form_rows.first + MOST_FORMS - 1)
    figures = Reference(page.sheet, min_col=1 + FLOW_COLUMNS, min_row=first, max_row=last)
    _add(chart, figures, SeriesLabel(v=page.text("open_now")), BARS[Tone.BLUE])
    chart.set_categories(Reference(page.sheet, min_col=1, min_row=first, max_row=last))
    chart.x_axis.scaling.orientation = "maxMin"
    chart.legend = None
    return chart


def _bars(page: Page, title: str, *, width: int) -> BarChart:
    """Make a chart of bars that carry their numbers, so that it needs no axis of figures."""
    chart = BarChart()
    chart.width, chart.height, chart.gapWidth = width, HEIGHT, 50
    chart.title = _title(page.text(title))
    chart.legend.position = "b"
    chart.legend.txPr = _small()
    chart.x_axis.delete = False
    chart.x_axis.txPr = _small()
    chart.x_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=RULE))
    chart.y_axis.delete = True
    chart.y_axis.majorGridlines = None
    chart.y_axis.scaling.min = 0
    return chart


def _title(text: str) -> Title:
    letters = CharacterProperties(sz=TITLE, b=True, solidFill=INK)
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=letters), r=[RegularTextRun(rPr=letters, t=text)])
    return Title(tx=Text(rich=RichText(p=[paragraph])), overlay=False)


def _row(page: Page, row: int, first: int, last: int) -> Reference:
    return Reference(page.sheet, min_col=first, max_col=last, min_row=row, max_row=row)


def _add(chart: BarChart, figures: Reference, name: SeriesLabel, colour: str, letters: str = INK) -> None:
    series: Series = SeriesFactory(figures)
    series.tx = name
    series.graphicalProperties = GraphicalProperties(solidFill=colour)
    series.dLbls = DataLabelList(
        numFmt=COUNTS, showVal=True, showSerName=False, showCatName=False, showLegendKey=False, showPercent=False
    )
    series.dLbls.txPr = _small(letters)
    chart.append(series)


def _small(colour: str = INK) -> RichText:
    letters = CharacterProperties(sz=SMALL, solidFill=colour)
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=letters), endParaRPr=letters)])
