"""The soak: months of a changing CRM, night by night, each night held against what the store must hold by then."""
