"""NormProp layers as torch modules, for people who build their own architecture."""

try:
    from streamnorm.nn.linear import Linear
    from streamnorm.nn.normalized_activation import NormalizedActivation
except ModuleNotFoundError as error:
    raise ImportError(f"streamnorm.nn needs {error.name}: pip install 'streamnorm[torch]'") from error

__all__ = ["Linear", "NormalizedActivation"]
