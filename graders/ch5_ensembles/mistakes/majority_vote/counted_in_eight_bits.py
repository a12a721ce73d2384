"""Counted in eight bits.

The votes are added up as 8-bit numbers. Those end at 255 (or 127) and begin anew, so with hundreds of members the
label with most votes may lose. Count in int64.
"""

FAILS = ("many_members",)


def majority_vote(predictions):
    votes = F.one_hot(predictions).to(torch.uint8)
    return votes.sum(dim=0, dtype=torch.uint8).argmax(dim=1)
