# Return to care after going home, as survival curves from rows about children.
#
#     Rscript docs/examples/analysis/reentry.R bin/throughline demo
#
# Time runs from the first day at home. Coming back is the event; who was not seen to come back is in view until the last return or the month of
# the 18th birthday. The last lines work out the share back within 12 months by year of the return home, and compare it with indicator HOM02 in
# indicator_cell, unrounded. Needs the survival package, which most installations of R have; data come as CSV from the program. With the duckdb
# package, dbConnect(duckdb(), "demo/outputs/latest/research.duckdb", read_only = TRUE) and dbGetQuery do the same.

library(survival)

args <- commandArgs(trailingOnly = TRUE)
ask <- function(sql) {
  read.csv(text = system2(args[1], c("query", "--dir", shQuote(args[2]), "--db", "research", "-o", "csv", shQuote(sql)), stdout = TRUE),
           na.strings = "")
}

home <- ask("select year, planned_or_not, greatest(days, 1) as days, re_entry is not null as back from return_home")
home$back <- home$back == "true"

months <- c(3, 6, 12, 24)
days <- round(months * 365.25 / 12)
curves <- survfit(Surv(days, back) ~ planned_or_not, data = home)
at <- summary(curves, times = days, extend = TRUE)
cat("Back in care, per cent, by months since the return home (95 per cent interval)\n")
print(data.frame(way_home = sub("planned_or_not=", "", at$strata), months = rep(months, length.out = length(at$time)), at_risk = at$n.risk,
                 back = round(100 * (1 - at$surv), 2), lower = round(100 * (1 - at$upper), 2), upper = round(100 * (1 - at$lower), 2)), row.names = FALSE)

cells <- ask(paste("select time_period as year, denominator, value from indicator_cell where indicator_id = 'HOM02' and measure = 're_entry_12m'",
                   "and geographic_level = 'National' and breakdown = 'total' order by 1"))
if (nrow(cells) == 0) stop("indicator_cell has no HOM02")
cells$here <- sapply(cells$year, function(y) {
  fit <- survfit(Surv(days, back) ~ 1, data = home[home$year == y, ])
  round(100 * (1 - summary(fit, times = 365, extend = TRUE)$surv), 4)
})
cat("\nBack within 12 months, by year of the return home: HOM02 and here\n")
print(cells, row.names = FALSE)
difference <- max(abs(cells$value - cells$here))
cat(sprintf("%d figures compared with HOM02 in indicator_cell: largest difference %.4f\n", nrow(cells), difference))
if (difference > 0.0001) stop("they are not the same")
