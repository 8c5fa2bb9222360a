"""The nouns that stages hand to each other: frozen, without I/O."""
