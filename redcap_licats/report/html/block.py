"""What a section of the page consists of: figures and tables, in reading order."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from redcap_licats.report.html.grid import Grid


@dataclass(frozen=True, slots=True)
class Layer:
    """A part of a figure that the reader can switch off."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of one or more drawings; ``note`` says how it is to be read."""

    key: str
    title: str
    drawings: tuple[Markup, ...]
    note: str = ""
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A figure, if any, and the tables that belong to it; or a sentence where there is nothing to show."""

    grids: tuple[Grid, ...] = ()
    figure: Figure | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the page."""

    key: str
    title: str
    blocks: tuple[Block, ...]
    note: str = ""
