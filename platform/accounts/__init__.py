"""People and how they sign in. What they may do belongs to conferences and sessions."""
