"""The daemon: parts built from a configuration; threads, timers, sockets, signals."""
