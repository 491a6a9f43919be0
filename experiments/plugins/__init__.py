"""Users' own modules and components: described, registered, and brought into training."""
