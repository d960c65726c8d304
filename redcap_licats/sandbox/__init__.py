"""An embedded server that answers REDCap's API. It is compatible with REDCap; it is not REDCap.

It holds any number of projects in one SQLite file and serves demos, tests and rehearsals without a network.
"""
