"""What a test asks of the inside of a program that runs for itself: functions that a console of it carries out."""
