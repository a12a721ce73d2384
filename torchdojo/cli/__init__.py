"""The command line `dojo`. Each file is a command, a group of commands, or what they share."""
