"""`python -m torchdojo`: the command `dojo`, by another name."""

from torchdojo.cli.main import main

main()
