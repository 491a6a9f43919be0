"""Tables to be shown and copied: nothing in a cell becomes markup of HTML, Markdown or LaTeX."""

from __future__ import annotations

from service.report.html import prose, tag
from service.report.table import Table, with_sources

ODD = Table(["name", "loss"], [["50% & a_b|c #{x}\\~^$", 0.123456789], ["two\nlines <b>*", None]])


def test_latex_escapes_what_means_something_there() -> None:
    assert ODD.latex().splitlines() == [
        r"\begin{tabular}{lr}",
        r"\hline",
        r"name & loss \\",
        r"\hline",
        r"50\% \& a\_b\textbar{}c \#\{x\}\textbackslash{}\textasciitilde{}\textasciicircum{}\$ & 0.123457 \\",
        r"two lines \textless{}b\textgreater{}* &  \\",
        r"\hline",
        r"\end{tabular}",
    ]


def test_markdown_escapes_what_means_something_there() -> None:
    assert ODD.markdown().splitlines() == [
        "| name | loss |",
        "| --- | ---: |",
        r"| 50% & a\_b\|c #\{x\}\\\~^$ | 0.123457 |",
        r"| two lines \<b\>\* |  |",
    ]


def test_html_has_the_number_whole_and_no_markup_of_a_user_s() -> None:
    html = with_sources(ODD)
    assert '<data value="0.123456789">0.123457</data>' in html
    assert "<b>" not in html
    assert html.count("<details>") == 2
    assert prose("a `<b>` c") == "a <code>&lt;b&gt;</code> c"
    assert tag("p", "<i>", tag("b", "&"), class_='"') == '<p class="&quot;">&lt;i&gt;<b>&amp;</b></p>'


def test_columns_without_anything_are_left_out() -> None:
    assert Table(["a", "b"], [[None, 0], [None, None]]).without_empty_columns() == Table(["b"], [[0], [None]])


def test_a_table_without_rows_is_one() -> None:
    assert Table(["a"], []).markdown() == "| a |\n| --- |"
    assert r"\begin{tabular}{l}" in Table(["a"], []).latex()
