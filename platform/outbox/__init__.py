"""The event log and its bus: topics, events, commands, and the one way a change is told."""
