"""The grader's desk: a local web page to look at submissions and to decide about them."""
