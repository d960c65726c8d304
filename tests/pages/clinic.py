"""A small project with a field of every type, written for the tests of the pages, and pages made of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Locator, Page

from redcap_licats.definition.languages import FieldTexts, Language
from redcap_licats.definition.model import DataDictionary, Field, FieldType, Project, Repeat
from redcap_licats.pages import ENGLISH, STYLE, FormPage, Place, Row, content_policy, page_script, render_form
from redcap_licats.pages.preview import Preview

T = FieldType
NOW = datetime(2026, 3, 4, 5, 6, 7)  # noqa: DTZ001 - server-local, as all of REDCap's times
SEVERITY = "0, None | 1, Mild | 2, Severe"


def field(name: str, kind: FieldType = T.TEXT, label: str = "", form: str = "visit", **more: object) -> Field:
    return Field(name, form, kind, label or name.title(), **more)  # type: ignore[arg-type]


FIELDS = (
    field("record_id", label="Record"),
    field("age", validation="integer", minimum="0", maximum="110", required=True, note="In years."),
    field("born", validation="date_dmy", maximum="today"),
    field("seen", validation="datetime_ymd"),
    field("sex", T.RADIO, choices_or_calculations="f, Female | m, Male", section_header="Person"),
    field("pregnant", T.YESNO, branching_logic="[sex] = 'f'"),
    field("due", label="Due date", validation="date_ymd", branching_logic="[pregnant] = '1'"),
    field("height", validation="number", section_header="Body"),
    field("weight", validation="number_1dp"),
    field("bmi", T.CALC, choices_or_calculations="round([weight] / (([height] / 100) ^ 2), 1)"),
    field("heavy", T.DESCRIPTIVE, "<p>BMI of <b>[bmi]</b> at [age] years</p>", branching_logic="[bmi] >= 30"),
    field("words", annotation="@CALCTEXT(if([bmi] >= 30, 'obese', 'not obese'))"),
    field("recall", validation="date_ymd", annotation="@CALCDATE([due], 7, 'd')"),
    field(
        "symptoms",
        T.CHECKBOX,
        choices_or_calculations="1, Fever | 2, Rash | 3, Cough | 0, None of these",
        annotation="@NONEOFTHEABOVE='0' @MAXCHECKED=2",
        section_header="Symptoms",
    ),
    field("fever_since", validation="date_ymd", branching_logic="[symptoms(1)] = '1'"),
    field("pain", T.RADIO, choices_or_calculations=SEVERITY, matrix_group="grid", section_header="How bad is it?"),
    field("itch", T.RADIO, choices_or_calculations=SEVERITY, matrix_group="grid", required=True),
    field(
        "cough",
        T.RADIO,
        choices_or_calculations=SEVERITY,
        matrix_group="grid",
        branching_logic="[symptoms(3)] = '1'",
    ),
    field("mood", T.SLIDER, choices_or_calculations="Bad | So so | Good", section_header="Others"),
    field(
        "ward",
        T.DROPDOWN,
        choices_or_calculations="a, Ward A | b, Ward B | z, Closed",
        annotation="@HIDECHOICE='z'",
    ),
    field("smokes", T.TRUEFALSE),
    field("remark", T.NOTES, annotation="@CHARLIMIT=20 @PLACEHOLDER='as told'"),
    field("scan", T.FILE),
    field("sign", T.FILE, validation="signature"),
    field("source", T.SQL),
    field("secret", annotation="@HIDDEN @DEFAULT='quiet'"),
    field("by", annotation="@READONLY @DEFAULT='[user-name]'"),
    field("entered", validation="date_ymd", annotation="@TODAY @NOMISSING"),
    field("mail", validation="email"),
    field("hour", validation="time"),
    field("dose", validation="number", form="drug"),
    field("why", T.NOTES, "Why was [age] treated on [born]?", form="drug", branching_logic="[age] > 17"),
)

JAPANESE = Language(
    "ja",
    "日本語",
    forms={"visit": "来院", "drug": "薬剤"},
    fields={
        "age": FieldTexts("年齢", "満年齢"),
        "sex": FieldTexts("性別", section_header="患者", choices={"f": "女性", "m": "男性"}),
        "ward": FieldTexts("病棟", choices={"a": "A病棟", "b": "B病棟", "z": "閉鎖"}),
        "pain": FieldTexts("痛み", section_header="程度", choices={"0": "なし", "1": "軽度", "2": "重度"}),
    },
    missing_codes={"UNK": "不明", "ND": "未実施"},
)


def project(fields: tuple[Field, ...] = FIELDS, **settings: str) -> Project:
    labels = {"visit": "Visit", "drug": "Drug"}
    return Project(
        title="Clinic",
        dictionary=DataDictionary(fields),
        form_labels={form: labels.get(form, form) for form in dict.fromkeys(one.form for one in fields)},
        settings={"MissingDataCodes": "UNK, Unknown | ND, Not done", **settings},
        repeats=(Repeat("drug"),) if any(one.form == "drug" for one in fields) else (),
    )


def form_page(values: Mapping[str, str] | None = None, form: str = "visit", **more: object) -> FormPage:
    options: dict[str, object] = {
        "project": project(),
        "languages": (ENGLISH, JAPANESE),
        "smart": {"user-name": "ann"},
        "now": NOW,
    }
    return FormPage(form=form, values=values or {}, **{**options, **more})  # type: ignore[arg-type]


def document(page: FormPage) -> str:
    """A whole page around a form, as the sandbox has it."""
    script = page_script([page])
    policy = content_policy(scripts=[script], styles=[STYLE])
    return f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Clinic</title>
<link rel="icon" href="data:,"><meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>
<body><main><h1>Clinic</h1><h2>Form</h2><p data-language-choice></p>
<form method="post" action="/save" novalidate>{render_form(page)}<button id="save">Save</button></form></main>
<script>{script}</script></body></html>"""


class Opened:
    """A form in the browser; what it asks the network for, what it posts and what it complains about is kept."""

    def __init__(self, page: Page, path: Path, content: str, width: int = 1000) -> None:
        path.write_text(content, encoding="utf-8")
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self._keep = {
            "request": lambda request: self.asked.append(request.url),
            "console": lambda message: self.complaints.append(message.text),
            "pageerror": lambda error: self.complaints.append(str(error)),
        }
        page.goto("about:blank")
        for event, keep in self._keep.items():
            page.on(event, keep)  # type: ignore[call-overload]
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-licats=ready]")
        self.asked.remove(path.as_uri())

    def close(self) -> None:
        for event, keep in self._keep.items():
            self.page.remove_listener(event, keep)

    def row(self, name: str) -> str:
        return f'[data-field="{name}"]'

    def fill(self, name: str, value: str) -> None:
        self.input(name).fill(value)
        self.input(name).dispatch_event("change")

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f'[name="{name}"][value="{value}"]').check()

    def input(self, name: str) -> Locator:
        return self.page.locator(f"{self.row(name)} :is(input:not([type=hidden]), select, textarea)").first

    def box(self, name: str, code: str) -> Locator:
        return self.page.locator(f'{self.row(name)} [data-code="{code}"]')

    def shown(self, name: str) -> bool:
        return self.page.locator(self.row(name)).is_visible()

    def value(self, name: str) -> str:
        return self.page.locator(f'[name="{name}"]').first.input_value()

    def text(self, name: str) -> str:
        return self.page.locator(self.row(name)).inner_text()

    def message(self, name: str) -> str:
        return self.page.locator(f"{self.row(name)} .message").inner_text()

    def language(self, key: str) -> None:
        self.page.locator("[data-language-choice] select").select_option(key)

    def answer(self, text: str) -> None:
        asked = self.page.locator("dialog").element_handle()
        self.page.locator("dialog button", has_text=text).click()
        # what follows from an answer is done in the task in which the closed dialog is taken away
        self.page.wait_for_function("dialog => !dialog.isConnected", arg=asked)

    def posted(self) -> dict[str, str]:
        """What a save would send, the last of equal names."""
        return self.page.evaluate("Object.fromEntries(new FormData(document.querySelector('form')))")


def filled_elsewhere() -> tuple[Row, ...]:
    return (Row({"age": "40", "born": "1986-02-03", "sex": "f", "ward": "a", "symptoms___1": "1"}),)


def hostile_project(text: str) -> Project:
    """A field of every type in which each text, name of an annotation and limit is the given one."""
    choices = f"1, {text} | {text.replace(',', '')}, two"
    fields = [field("record_id", label=text)]
    for at, kind in enumerate(FieldType):
        fields.append(
            field(
                f"f{at}",
                kind,
                text,
                section_header=text,
                note=text,
                choices_or_calculations=f"if([f0] = '{text.replace(chr(39), '')}', 1, 2)"
                if kind is T.CALC
                else choices,
                branching_logic=f'[f0] <> "{text.replace(chr(34), "")}"',
                annotation=f"{text} @PLACEHOLDER={text!r} @DEFAULT={text!r}",
                minimum=text,
                maximum=text,
                validation="number" if kind is T.TEXT else text,
                matrix_group=text if kind in (T.RADIO, T.CHECKBOX) else "",
            )
        )
    labels = {"visit": text}
    return Project(
        title=text,
        dictionary=DataDictionary(tuple(fields)),
        form_labels=labels,
        settings={"MissingDataCodes": f"UNK, {text} | {text.replace(',', '')}, two"},
    )


def _hostile_languages(project_of: Project, text: str) -> tuple[Language, ...]:
    said = {
        one.name: FieldTexts(f"{text}2", f"{text}2", f"{text}2", {"1": f"{text}2"})
        for one in project_of.dictionary
    }
    return (ENGLISH, Language("xx", text, {"visit": f"{text}2"}, said, {"UNK": f"{text}2"}))


def hostile_document(project_of: Project, text: str) -> str:
    """The form with values, other rows and smart variables that say the same."""
    columns = {column: text for one in project_of.dictionary for column in one.columns}
    return document(
        form_page(
            columns,
            project=project_of,
            languages=_hostile_languages(project_of, text),
            rows=(Row(columns),),
            smart={"user-name": text},
            place=Place(text, "", 1),
        )
    )


def hostile_preview(project_of: Project, text: str) -> Preview:
    terms = {one.name: (text,) for one in project_of.dictionary}
    return Preview(project_of, text, _hostile_languages(project_of, text), "", terms)
