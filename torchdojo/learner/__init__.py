"""What a learner works with: checking their files, their progress, hints and resets. No command line is needed."""
