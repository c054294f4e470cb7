"""Pages of the programme: what everybody reads, a session's own page, and organisers' pages."""
