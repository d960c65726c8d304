"""REDCap's project XML: CDISC ODM 1.3.1 with REDCap's own attributes, data included.

Source: facts/redcap_api.md 4.5; the layout of recorded files of versions 7 to 16.
"""

from redcap_licats.definition.odm.read import read_data, read_project
from redcap_licats.definition.odm.write import write_project

__all__ = ["read_data", "read_project", "write_project"]
