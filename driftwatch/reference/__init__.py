"""What is a model trusted on: how is that built, kept in a file, and found again?"""
