"""What people look at: KPIs by name, charts as data and as pictures, and the report, in English and Spanish."""
