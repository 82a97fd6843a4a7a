using ScalingLab.Dashboard;
using ScalingLab.Runs;

// The ledger, watched: a page and a JSON API on the loopback address. Ends with Ctrl-C, or when standard input ends: whoever started it is
// gone.
try
{
    var arguments = Arguments.Parse(args);
    using var ledger = new LedgerReader(arguments.LedgerFile);
    await using var app = Server.Build(arguments.Port);
    app.UseGuard();
    app.UsePage();
    app.MapVega(arguments.Root);
    app.MapSweeps(ledger);
    return await app.ServeAsync(Console.In, Console.Out);
}
catch (InputException e)
{
    foreach (var problem in e.Problems) Console.Error.WriteLine($"dashboard: {problem}");
    return 2;
}
