// Live tensors, threads and the default generator belong to the process: the tests run one after another.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
