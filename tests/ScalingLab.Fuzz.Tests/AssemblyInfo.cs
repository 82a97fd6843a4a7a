// Memory is counted for the process as a whole, and the log of the page is the process's standard error.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
