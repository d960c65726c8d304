"""The logic language in the browser: the second target of its one parser.

A page holds :data:`RUNTIME` once, which defines ``licatsLogic``, and every compiled expression as the body of a
function of the scope::

    const L = licatsLogic;
    const shown = function (s) { return L.truth(…) };

The scope ``s`` is ``{value(reference), smart(variable), now, missing}``: two functions that give the stored text,
'' if blank; the moment of 'now' and 'today' as ``[year, month, day, hour, minute, second]`` or null; and the set
of missing-data codes. A reference is ``{field, event, instance, code, option}``, a smart variable ``{name,
parameters, event, instance}``, as in :mod:`redcap_licats.definition.logic.expressions`.
"""

from redcap_licats.pages.logic.compile import to_javascript
from redcap_licats.pages.logic.runtime import RUNTIME

__all__ = ["RUNTIME", "to_javascript"]
