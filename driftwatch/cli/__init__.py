"""The commands: each parses, calls one function, and prints.

A module of a group of commands has `add(commands)`, which adds its parsers; each parser sets
`run`, a function of the parsed arguments that gives the exit status. What is heavy is imported
inside that function.
"""
