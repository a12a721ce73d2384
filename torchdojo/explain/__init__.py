"""Say in a sentence what an exception, or an endless loop, of a submission means: from its text, which is never run."""
