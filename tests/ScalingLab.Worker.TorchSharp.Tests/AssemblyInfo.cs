// What one test leaves behind is not to be collected under another's call into libtorch (Garbage).
[assembly: CollectionBehavior(DisableTestParallelization = true)]
