"""Pure decisions: of the state, the facts and the time."""
