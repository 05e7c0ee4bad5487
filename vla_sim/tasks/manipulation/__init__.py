"""What an arm is asked: picking, placing, pushing, opening, pressing, and the judges of these."""
