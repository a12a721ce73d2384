"""The command `dojo`: thin. Each file is one command or a family of them."""
