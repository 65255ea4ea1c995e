"""How the tables came to be: each change once, in order, never edited afterwards."""
