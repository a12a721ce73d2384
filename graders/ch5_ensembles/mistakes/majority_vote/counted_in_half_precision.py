"""Counted in half precision.

The votes are added up in float16, which cannot tell 2049 from 2048. With thousands of members the label with the most
votes may lose. Count in int64.
"""

FAILS = ("many_members",)


def majority_vote(predictions):
    return F.one_hot(predictions).half().sum(dim=0).argmax(dim=1)
