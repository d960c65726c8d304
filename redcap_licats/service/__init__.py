"""The long-running side: takes triggers, fetches the module's list, looks now and then, lets the worker run."""
