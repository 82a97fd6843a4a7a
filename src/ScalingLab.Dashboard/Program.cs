using ScalingLab.Dashboard;
using ScalingLab.Dashboard.Sources;
using ScalingLab.Runs;

// The ledger, watched: a page and a JSON API. Ends with Ctrl-C, or when standard input ends: whoever started it is
// gone.
try
{
    var order = ServerSettings.Read(Console.In);
    using var ledger = new LedgerHandle(order.Ledger);
    await using var app = Server.Build(order, ledger);
    return await app.ServeAsync(Console.In, Console.Out);
}
catch (InputException e)
{
    foreach (var line in InputException.Lines(e.Problems)) Console.Error.WriteLine($"dashboard: {line}");
    return 2;
}
