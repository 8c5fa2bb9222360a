"""What people read, made once: nouns to documents."""
