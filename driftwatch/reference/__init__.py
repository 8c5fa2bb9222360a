"""What a model is trusted on: profiles are built, saved, found."""
