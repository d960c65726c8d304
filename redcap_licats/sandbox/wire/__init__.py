"""What goes over the wire: request parameters, replies, error envelopes."""
