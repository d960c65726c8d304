"""What a REDCap project is: dictionary, logic language, events, repeats, project XML, instrument zip."""
