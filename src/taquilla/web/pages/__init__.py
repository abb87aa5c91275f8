"""The dashboard: pages made on the server, in English and Spanish, with their charts."""
