"""Every public method of PyCap has a test here. Data frames are left out: pandas is no part of this project."""

from __future__ import annotations

import inspect

import test_pycap_design
import test_pycap_people
import test_pycap_records
from redcap import Project as PyCap


def test_every_method_of_pycap_is_tested() -> None:
    methods = {name for name, _ in inspect.getmembers(PyCap, inspect.isfunction) if not name.startswith("_")}
    tests = {
        name.removeprefix("test_")
        for module in (test_pycap_design, test_pycap_people, test_pycap_records)
        for name in vars(module)
    }
    assert len(methods) >= 50
    assert methods - tests == set()
