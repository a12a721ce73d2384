"""`python -m torchdojo.cli`: the command where its script is not on the path."""

from torchdojo.cli.main import main

main()
