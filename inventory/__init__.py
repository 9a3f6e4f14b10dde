"""The rule book of つなぐ台帳: tables, rules and acts. It knows no HTTP, no HTML and no ink."""
