"""The checked REDCap client: PyCap's methods over a transport that believes nothing it has not checked."""
