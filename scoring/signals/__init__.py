"""What happened in a call: behaviours with probabilities, facts and measures."""
