"""The NVIDIA DGX A100: eight GPUs, each whole or cut into MIG partitions that share its parts.

The amounts are those that NVIDIA's management library reports for an A100 with 40 GB, as the dra-evolution and k8srm
prototypes recorded them.
"""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.generate.inventory import Inventory, SampleClass, SamplePool, uuid
from dra_policy.model import Capacity, CounterConsumption, CounterSet, Device, Dialect
from dra_policy.record import dataclass
from dra_policy.values import AttributeValue, Quantity, Version

_MEMORY_SLICES = 8
_PARTS = {
    "memory": "40Gi",
    "multiprocessors": "98",
    "copy-engines": "7",
    "decoders": "5",
    "encoders": "0",
    "jpeg-engines": "1",
    "ofa-engines": "1",
    **{f"memory-slices-{number}": "1" for number in range(_MEMORY_SLICES)},
}


@dataclass(frozen=True, slots=True)
class MigProfile:
    """A kind of partition: where it can begin, how many memory slices it covers, what it draws."""

    name: str
    starts: tuple[int, ...]
    slices: int
    multiprocessors: int
    copy_engines: int
    decoders: int
    media_engines: int
    memory: str


_PROFILES = (
    MigProfile("1g.5gb", (0, 1, 2, 3, 4, 5, 6), 1, 14, 1, 0, 0, "4864Mi"),
    MigProfile("2g.10gb", (0, 2, 4), 2, 28, 2, 1, 0, "9856Mi"),
    MigProfile("3g.20gb", (0, 4), 4, 42, 3, 2, 0, "19968Mi"),
    MigProfile("4g.20gb", (0,), 4, 56, 4, 2, 0, "19968Mi"),
    MigProfile("7g.40gb", (0,), 8, 98, 7, 5, 1, "40192Mi"),
    MigProfile("1g.5gb+me", (0, 1, 2, 3, 4, 5, 6), 1, 14, 1, 1, 1, "4864Mi"),
    MigProfile("1g.10gb", (0, 2, 4, 6), 2, 14, 1, 1, 0, "9856Mi"),
)

# The prototypes' spelling of what Kubernetes wants as a C identifier.
_PROTOTYPE_NAMES = {
    "profile": "mig-profile",
    "productName": "product-name",
    "cudaComputeCapability": "cuda-compute-capability",
    "driverVersion": "driver-version",
    "cudaDriverVersion": "cuda-driver-version",
    "migCapable": "mig-capable",
    "migEnabled": "mig-enabled",
}


def dgx_a100_inventory(nodes: int, seed: int, dialect: Dialect) -> Inventory:
    """Nodes with eight GPUs of 26 devices each; one GPU in k8srm, whose counters have no set to tell GPUs apart."""
    driver = "gpu.nvidia.com" if dialect.is_kubernetes else "gpu.nvidia.com/dra"
    gpus = range(1 if dialect is Dialect.K8SRM else 8)
    pools = []
    for name in (f"nvidia-{number:02d}" for number in range(nodes)):
        maker = _GpuDevices(name, driver, seed, dialect)
        devices = tuple(device for gpu in gpus for device in maker.devices(gpu))
        attributes: dict[str, AttributeValue] = {"vendor": "nvidia", "model": "dgxa100"}
        counters = tuple(_counter_set(gpu) for gpu in gpus)
        shown = attributes if dialect is Dialect.K8SRM else {}
        pools.append(SamplePool(name, f"{name}-dgxa100", driver, devices, counters, shown))
    return Inventory(tuple(pools), _classes(driver, dialect))


def _counter_set(gpu: int) -> CounterSet:
    return CounterSet(f"gpu-{gpu}", tuple((name, Quantity.parse(amount)) for name, amount in _PARTS.items()))


@dataclass(frozen=True, slots=True)
class _GpuDevices:
    node: str
    driver: str
    seed: int
    dialect: Dialect

    def devices(self, gpu: int) -> Iterator[Device]:
        """The whole GPU, then its partitions."""
        serial = f"GPU-{uuid(self.seed, self.node, str(gpu))}"
        yield self._whole(gpu, serial)
        for profile in _PROFILES:
            for start in profile.starts:
                yield self._partition(gpu, serial, profile, start)

    def _whole(self, gpu: int, serial: str) -> Device:
        own: dict[str, AttributeValue] = {"minor": gpu, "index": gpu, "uuid": serial}
        capable: dict[str, AttributeValue] = {"migCapable": True, "migEnabled": False}
        # In the prototypes all of the memory is enough to exclude every partition.
        draws = _PARTS if self.dialect.is_kubernetes else {"memory": _PARTS["memory"]}
        attributes = self._attributes("gpu", gpu, own) | capable
        return self._device(f"gpu-{gpu}", gpu, attributes, draws)

    def _partition(self, gpu: int, serial: str, profile: MigProfile, start: int) -> Device:
        own: dict[str, AttributeValue] = {"profile": profile.name}
        if self.dialect.is_kubernetes:
            own["parentUUID"] = serial
        name = f"gpu-{gpu}-mig-{profile.name.replace('+', '-')}-{start}"
        return self._device(name, gpu, self._attributes("mig", gpu, own), _draws(profile, start))

    def _attributes(self, kind: str, gpu: int, own: dict[str, AttributeValue]) -> dict[str, AttributeValue]:
        shared: dict[str, AttributeValue] = {
            "productName": "Mock NVIDIA A100-SXM4-40GB",
            "brand": "Nvidia",
            "architecture": "Ampere",
            "cudaComputeCapability": Version.parse("8.0.0"),
            "driverVersion": Version.parse("550.54.15"),
            "cudaDriverVersion": Version.parse("12.4.0"),
        }
        if not self.dialect.is_kubernetes:
            return own | shared
        # Two GPUs share a PCIe switch.
        place: dict[str, AttributeValue] = {"resource.kubernetes.io/pcieRoot": f"pci0000:{16 * (gpu // 2 + 1):02x}"}
        return {"type": kind} | own | shared | place

    def _device(self, name: str, gpu: int, attributes: dict[str, AttributeValue], draws: dict[str, str]) -> Device:
        amounts = tuple((part, Quantity.parse(amount)) for part, amount in draws.items() if amount != "0")
        consumption = CounterConsumption(f"gpu-{gpu}", amounts)
        capacity = {"memory": Capacity(Quantity.parse(draws["memory"]))}
        if self.dialect.is_kubernetes:
            # Kubernetes wants a DNS label.
            return Device(name.replace(".", "-"), self.driver, attributes, capacity, (consumption,))
        attributes = {_PROTOTYPE_NAMES.get(key, key): value for key, value in attributes.items()}
        shown = capacity if self.dialect is Dialect.K8SRM else {}
        return Device(name, self.driver, attributes, shown, (consumption,))


def _draws(profile: MigProfile, start: int) -> dict[str, str]:
    """What a partition draws from its GPU; parts it does not need are left out."""
    amounts = {
        "multiprocessors": str(profile.multiprocessors),
        "copy-engines": str(profile.copy_engines),
        "decoders": str(profile.decoders),
        "jpeg-engines": str(profile.media_engines),
        "ofa-engines": str(profile.media_engines),
        "memory": profile.memory,
    }
    slices = {f"memory-slices-{number}": "1" for number in range(start, start + profile.slices)}
    return {part: amount for part, amount in amounts.items() if amount != "0"} | slices


def _classes(driver: str, dialect: Dialect) -> tuple[SampleClass, ...]:
    match dialect.family:
        case Dialect.EVOLUTION:
            is_mig = "'mig-profile' in device.attributes"
            return (
                SampleClass("gpu.nvidia.com", driver, f"!({is_mig})"),
                SampleClass("mig.nvidia.com", driver, is_mig),
            )
        case Dialect.K8SRM:
            # Its constraints name attributes as identifiers, which `mig-profile` is not.
            return (SampleClass("gpu.nvidia.com", driver),)
        case _:
            kind = f"device.attributes['{driver}'].type"
            return (
                SampleClass("gpu.nvidia.com", driver, f"{kind} == 'gpu'"),
                SampleClass("mig.nvidia.com", driver, f"{kind} == 'mig'"),
            )
