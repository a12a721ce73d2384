"""Counted in eight bits.

The votes are added up as 8-bit numbers. Those overflow after 255 (or 127), so with hundreds of members the label with
the most votes may lose. Count in int64.
"""

FAILS = ("many_members",)


def majority_vote(predictions):
    votes = F.one_hot(predictions).to(torch.uint8)
    return votes.sum(dim=0, dtype=torch.uint8).argmax(dim=1)
