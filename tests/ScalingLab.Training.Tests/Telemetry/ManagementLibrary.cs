using System.Globalization;
using ScalingLab.Training.Telemetry;

namespace ScalingLab.Training.Tests.Telemetry;

/// <summary>
/// A library with NVML's entry points, compiled by the machine's C compiler, that shows what a file says: a card where
/// there is none. Names, arguments and codes are those of nvml.h 12.
/// </summary>
internal sealed class ManagementLibrary : IDisposable
{
    private const string Source =
        """
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        typedef struct { unsigned int gpu, memory; } rates;
        static char card;
        static long shown(int column) {
            long values[4] = {-1, -1, -1, -1};
            FILE *file = fopen(SHOWN, "r");
            if (file == NULL) return -1;
            if (fscanf(file, "%ld %ld %ld %ld", values, values + 1, values + 2, values + 3) != 4) values[column] = -1;
            fclose(file);
            return values[column];
        }
        int nvmlInit_v2(void) { return 0; }
        int nvmlShutdown(void) { return 0; }
        int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void **device) { *device = &card; return index == 0 ? 0 : 2; }
        int nvmlDeviceGetHandleByUUID(const char *uuid, void **device) { *device = &card; return strcmp(uuid, "GPU-1") == 0 ? 0 : 6; }
        int nvmlDeviceGetName(void *device, char *name, unsigned int length) {
            return device == &card && snprintf(name, length, "NVIDIA Test Card") > 0 ? 0 : 2;
        }
        int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *millijoules) {
            if (device != &card) return 2;
            *millijoules = (unsigned long long)shown(0);
            return shown(0) < 0 ? 3 : 0;
        }
        int nvmlDeviceGetPowerUsage(void *device, unsigned int *milliwatts) {
            if (device != &card) return 2;
            *milliwatts = (unsigned int)shown(1);
            return shown(1) < 0 ? 3 : 0;
        }
        int nvmlDeviceGetUtilizationRates(void *device, rates *percent) {
            if (device != &card) return 2;
            percent->gpu = (unsigned int)shown(2);
            percent->memory = 7;
            return shown(2) < 0 ? 3 : 0;
        }
        int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned int *count, void *list) {
            if (device != &card || list != NULL) return 2;
            int room = (int)*count;
            *count = (unsigned int)shown(3);
            return room < (int)*count ? 7 : 0;
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public ManagementLibrary()
    {
        var source = _folder["nvml.c"];
        File.WriteAllText(source, $"#define SHOWN \"{_folder["shown"]}\"\n{Source}");
        Programs.Run("c++", "-x", "c", "-shared", "-fPIC", "-o", Library, source); // the shim's compiler
    }

    private string Library => _folder["libnvidia-ml.so.1"];

    public void Set(long? millijoules, long? milliwatts, long? percent, long processes)
    {
        var line =
            string.Join(' ',
                new[] { millijoules, milliwatts, percent,
                    processes }.Select(n => (n ?? -1).ToString(CultureInfo.InvariantCulture)));
        // the meter's timer reads too: it sees one line or the other
        File.WriteAllText(_folder["next"], line);
        File.Move(_folder["next"], _folder["shown"], overwrite: true);
    }

    public NvmlDevice Open() =>
        NvmlDevice.Open(0, "GPU-1", Library) ?? throw new InvalidOperationException("the library shows no card");

    public void Dispose() => _folder.Dispose();
}
