"""THE DOORS. Knows HTTP; decides nothing."""
