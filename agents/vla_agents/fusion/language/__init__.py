"""From the words of a goal to tokens, and from tokens to what is meant."""
